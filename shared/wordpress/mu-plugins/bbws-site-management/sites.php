<?php
/**
 * Routes of the network's sites.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;
use WP_REST_Response;
use WP_Site;

defined( 'ABSPATH' ) || exit;

/**
 * Creates, finds, changes and deletes sites.
 */
final class Sites {

	private const OPTIONS = array(
		'title'      => 'blogname',
		'tagline'    => 'blogdescription',
		'timezone'   => 'timezone_string',
		'language'   => 'WPLANG',
		'adminEmail' => 'admin_email',
	);

	/**
	 * Registers the routes.
	 */
	public static function register_routes(): void {
		$options = self::option_args();
		$new     = array(
			'externalId' => array(
				'type'     => 'string',
				'required' => true,
				'pattern'  => '^[A-Za-z0-9_-]{1,100}$',
			),
			'domain'     => array(
				'type'              => 'string',
				'required'          => true,
				'validate_callback' => array( self::class, 'is_domain' ),
			),
			'title'      => array( 'required' => true ) + $options['title'],
			'language'   => array( 'default' => 'en_US' ) + $options['language'],
			'timezone'   => array( 'default' => 'UTC' ) + $options['timezone'],
			'adminEmail' => $options['adminEmail'],
		);
		$status  = array(
			'status' => array(
				'type'     => 'string',
				'required' => true,
				'enum'     => array( 'active', 'suspended' ),
			),
		);
		route( 'POST', '/sites', answered( array( self::class, 'create' ) ), 'create_sites', $new );
		route( 'GET', '/sites', answered( array( self::class, 'find' ) ), 'manage_sites', array( 'externalId' => array( 'type' => 'string' ) ) );
		route( 'GET', '/sites/(?P<id>\d+)', answered( array( self::class, 'read' ) ), 'manage_sites' );
		route( 'PUT', '/sites/(?P<id>\d+)', answered( array( self::class, 'update' ) ), 'manage_sites', $options );
		route( 'DELETE', '/sites/(?P<id>\d+)', answered( array( self::class, 'delete' ) ), 'delete_sites' );
		route( 'PUT', '/sites/(?P<id>\d+)/status', answered( array( self::class, 'set_status' ) ), 'manage_sites', $status );
	}

	/**
	 * Makes a site, or answers with the one that has this external id.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function create( WP_REST_Request $request ): WP_REST_Response {
		return Lock::hold(
			'sites',
			static function () use ( $request ) {
				$site = Site::with_external_id( $request['externalId'] );
				if ( $site && Site::is_ready( $site ) ) {
					return new WP_REST_Response( Site::show( $site ), 200 );
				}
				if ( $site ) {
					// Its making was cut off: nobody has put anything into it yet.
					Removal::of( $site );
				}
				return new WP_REST_Response( Site::show( self::make( $request ) ), 201 );
			}
		);
	}

	/**
	 * The site with an external id, or without one every managed site.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function find( WP_REST_Request $request ): WP_REST_Response {
		if ( null !== $request['externalId'] ) {
			$site = Site::with_external_id( $request['externalId'] );
			if ( ! $site || ! Site::is_ready( $site ) ) {
				throw Site::not_found();
			}
			return new WP_REST_Response( Site::show( $site ) );
		}
		$sites  = get_sites(
			array(
				'number'     => 0,
				'meta_key'   => Site::STATE, // phpcs:ignore WordPress.DB.SlowDBQuery -- blogmeta has an index on it.
				'meta_value' => Site::READY, // phpcs:ignore WordPress.DB.SlowDBQuery -- one network has some fifty sites.
			)
		);
		$answer = new WP_REST_Response( array_map( array( Site::class, 'show' ), $sites ) );
		$answer->header( 'X-WP-Total', (string) count( $sites ) );
		$answer->header( 'X-WP-TotalPages', '1' );
		return $answer;
	}

	/**
	 * One site.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function read( WP_REST_Request $request ): array {
		return Site::show( Site::get( (int) $request['id'] ) );
	}

	/**
	 * Sets the options that are given.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function update( WP_REST_Request $request ): array {
		$site = Site::get( (int) $request['id'] );
		Site::at( (int) $site->id, static fn() => self::set_options( $request ) );
		return Site::show( $site );
	}

	/**
	 * Suspends a site, or serves it again.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function set_status( WP_REST_Request $request ): array {
		$site = Site::get( (int) $request['id'] );
		update_site_meta( (int) $site->id, Site::STATUS, $request['status'] );
		return Site::show( $site );
	}

	/**
	 * Removes a site with its tables and uploads, and the users who belong to it alone.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function delete( WP_REST_Request $request ): WP_REST_Response {
		$id = (int) $request['id'];
		Lock::hold(
			'sites',
			static function () use ( $id ) {
				$site = Site::managed( $id );
				if ( ! $site && get_site( $id ) && Removal::is_address_alone( $id ) ) {
					$site = get_site( $id );
				}
				if ( ! $site ) {
					throw Site::not_found();
				}
				Removal::of( $site );
			}
		);
		return new WP_REST_Response( null, 204 );
	}

	/**
	 * Whether a text is the name of a host.
	 *
	 * @param mixed $value What was sent.
	 */
	public static function is_domain( $value ): bool {
		return is_string( $value ) && strlen( $value ) <= 200
			&& 1 === preg_match( '/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i', $value );
	}

	/**
	 * Whether a text names a time zone that PHP knows, or an offset from UTC as WordPress writes it.
	 *
	 * @param mixed $value What was sent.
	 */
	public static function is_timezone( $value ): bool {
		return is_string( $value )
			&& ( in_array( $value, timezone_identifiers_list(), true ) || 1 === preg_match( '/^UTC([+-]\d{1,2}(\.(25|5|75))?)?$/', $value ) );
	}

	/**
	 * The arguments that become options of a site.
	 */
	private static function option_args(): array {
		return array(
			'title'      => array(
				'type'      => 'string',
				'minLength' => 1,
			),
			'tagline'    => array( 'type' => 'string' ),
			'timezone'   => array(
				'type'              => 'string',
				'validate_callback' => array( self::class, 'is_timezone' ),
			),
			'language'   => array(
				'type'    => 'string',
				'pattern' => '^[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*$',
			),
			'adminEmail' => array(
				'type'   => 'string',
				'format' => 'email',
			),
		);
	}

	/**
	 * Makes a site. The external id is stored before anything else of it, so that a making that is cut off is known.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	private static function make( WP_REST_Request $request ): WP_Site {
		$domain = strtolower( $request['domain'] );
		$taken  = domain_exists( $domain, '/' );
		if ( $taken && ! Removal::was_cut_off( (int) $taken ) ) {
			throw new Refusal( 409, 'bbws_domain_taken', 'The domain belongs to another site.' );
		}
		if ( $taken ) {
			Removal::of( get_site( $taken ) );
		}
		$external_id = $request['externalId'];
		$mark        = static function ( WP_Site $site ) use ( $external_id ) {
			update_site_meta( (int) $site->id, Site::EXTERNAL_ID, $external_id );
		};
		add_action( 'wp_insert_site', $mark, 1 );
		$site_id = wp_insert_site(
			array(
				'domain'     => $domain,
				'path'       => '/',
				'network_id' => get_current_network_id(),
				'user_id'    => get_current_user_id(),
				'title'      => $request['title'],
				'options'    => array(
					'home'        => "https://$domain",
					'siteurl'     => "https://$domain",
					'admin_email' => $request['adminEmail'] ? $request['adminEmail'] : get_site_option( 'admin_email' ),
				),
			)
		);
		remove_action( 'wp_insert_site', $mark, 1 );
		if ( is_wp_error( $site_id ) ) {
			throw new Refusal( 500, 'bbws_site_not_created', $site_id->get_error_message() );
		}
		Site::at(
			$site_id,
			static function () use ( $request ) {
				self::set_options( $request );
				Site::remember_starter();
			}
		);
		update_site_meta( $site_id, Site::STATE, Site::READY );
		return get_site( $site_id );
	}

	/**
	 * Sets those of the options that a request gives, on the current site.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	private static function set_options( WP_REST_Request $request ): void {
		foreach ( self::OPTIONS as $name => $option ) {
			$value = $request[ $name ];
			if ( null === $value ) {
				continue;
			}
			if ( 'timezone' === $name && str_starts_with( $value, 'UTC' ) ) {
				update_option( 'timezone_string', 'UTC' === $value ? 'UTC' : '' );
				update_option( 'gmt_offset', (float) substr( $value, 3 ) );
				continue;
			}
			if ( 'language' === $name ) {
				self::set_language( $value );
				continue;
			}
			update_option( $option, $value );
		}
	}

	/**
	 * Stores the current site's language, though core would drop one whose pack the image does not have.
	 *
	 * @param string $language The language; English is what WordPress speaks without one.
	 */
	private static function set_language( string $language ): void {
		$value = 'en_US' === $language ? '' : $language;
		$keep  = static fn() => $value;
		add_filter( 'sanitize_option_WPLANG', $keep );
		update_option( 'WPLANG', $value );
		remove_filter( 'sanitize_option_WPLANG', $keep );
	}
}
